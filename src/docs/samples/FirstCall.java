// java FirstCall.java, with Java 17 or later
import java.net.URI;
import java.net.http.*;
import java.util.Base64;

public class FirstCall {
    public static void main(String[] args) throws Exception {
        var http = HttpClient.newHttpClient();
        var client = Base64.getEncoder().encodeToString("your client id:your client secret".getBytes());
        var granted = http.send(HttpRequest.newBuilder(URI.create("{{tokenUrl}}"))
                .header("Authorization", "Basic " + client)
                .header("Content-Type", "application/x-www-form-urlencoded")
                .POST(HttpRequest.BodyPublishers.ofString("grant_type=client_credentials"))
                .build(), HttpResponse.BodyHandlers.ofString()).body();
        var token = granted.replaceAll(".*\"access_token\":\"([^\"]*)\".*", "$1");

        var response = http.send(HttpRequest.newBuilder(URI.create("{{apiUrl}}{{firstPath}}"))
                .header("Authorization", "Bearer " + token)
                .build(), HttpResponse.BodyHandlers.ofString());
        System.out.println(response.statusCode() + " " + response.body());
    }
}
